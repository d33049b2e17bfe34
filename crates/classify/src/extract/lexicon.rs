//! The words behind the marks ([`super::marks`]), folded, in English, German, French, Spanish, Dutch and Portuguese; a
//! star ends a beginning. A word that is spelt alike in two languages stands in the first.

use super::marks::{
    ADVISED, AND, ARTICLE, BE, BYSTANDER, CALLED, CONCERNED, DEED, DOES, FORMER, GOAL, GROUP, HAS, I, ITEM, JOIN,
    LEAVE, LICENCE, MANY, ME, MY, Marks, NAMED, NEGATES, NO_NAME, OF, PARTICLE, PEOPLE, PRIVATE, RIGHT_BEFORE, STAYS,
    SUCCEEDS, THIRD, TITLE, TOWARDS, TROUBLE, WANTS,
};

/// The lists of a mark: English, German, French, Spanish, Dutch, Portuguese.
pub(super) const ENTRIES: &[(Marks, [&str; 6])] = &[
    (
        TITLE,
        [
            "mr mrs ms miss mx dr prof professor doctor sir dame lady lord madam father brother sister nurse matron rev revd reverend canon pastor cllr councillor judge captain capt lieutenant sergeant major colonel officer constable chief coach maestro colleague coworker employee contractor consultant intern trainee apprentice temp freelancer developer engineer technician analyst agent clerk driver accountant dispatcher receptionist assistant secretary cook bosun skipper stewardess steward inspector surveyor hygienist teacher tutor lecturer student volunteer partner candidate starter joiner leaver hire newcomer worker operator foreman supervisor storeman warden guard cashier barista waiter cleaner caretaker designer architect editor reporter producer curator chaplain physio therapist dentist midwife pharmacist paralegal solicitor barrister agronomist fitter welder electrician plumber locum deputy director user member",
            "herr herrn frau fraulein ing dipl mag hr kollege kollegin kollegen mitarbeiter mitarbeiterin mitarbeiters auszubildende auszubildender auszubildenden azubi lehrling praktikant praktikantin praktikanten werkstudent werkstudentin werkstudenten referendar referendarin volontar volontarin aushilfe leiharbeiter leiharbeiterin vorarbeiter meister wachmann wachfrau pfleger pflegerin schwester oberarzt oberarztin chefarzt chefarztin primar notar notarin prokurist prokuristin berater beraterin buchhalter buchhalterin sachbearbeiter sachbearbeiterin fahrer fahrerin monteur monteurin techniker technikerin leiter leiterin werkleiter abteilungsleiter abteilungsleiterin lehrer lehrerin dozent dozentin hausmeister assistent assistentin assistenten betriebsrat betriebsratin bewerber bewerberin kandidat kandidatin benutzer benutzerin",
            "monsieur madame mademoiselle mme mlle pr pre dre maitre collegue collaborateur collaboratrice employe employee salarie salariee stagiaire apprenti apprentie alternant alternante interimaire infirmier infirmiere medecin docteur docteure professeur professeure directeur directrice comptable chauffeur technicien technicienne secretaire concierge animateur animatrice vacataire benevole adjoint adjointe consultant consultante utilisateur utilisatrice prestataire",
            "senor senora senorita sr sra srta don dona doctora dra ingeniero ingeniera lic licenciado licenciada arq companero companera empleado empleada becario becaria pasante practicante aprendiz auxiliar analista capitan profesor profesora enfermero enfermera medico medica tecnico tecnica abogado abogada contador contadora cajero cajera conserje jefa colaborador colaboradora usuario usuaria operario operaria voluntario voluntaria",
            "meneer mevrouw mw dhr mevr ds dominee notaris souschef kok tekenaar secretaris voorzitter instructeur collega stagiair medewerker medewerkster werknemer uitzendkracht leerling chauffeur verpleegkundige arts monteur docent docente vrijwilliger vrijwilligster gebruiker juf",
            "capita capitao instrutor instrutora comandante inspetor inspetora senhor senhora dom doutor doutora eng engenheiro engenheira estagiario estagiaria funcionario funcionaria colega professora motorista enfermeiro enfermeira aprendiza utilizador utilizadora voluntaria assistente",
        ],
    ),
    (
        NO_NAME,
        [
            "computer folder ordner map dispo nome same lost leute leave locked forgot mon tue tues wed thu thur thurs fri sat sun lab admin desk freelance kitchen front-desk laut self-service a able above according add adding after afternoon again all also am an and android any anybody apple apps approved approval april as ask assign assigned at attachment audio august automate available azure back basic because been before begin begins being best bi block board both branch budget business but by bye call calling can cannot change changes chat christmas client clinic closing cloud cluster code collection company conferencing confirmed connection contract copilot could create customer daily data date day days dear december deep defender department depot desk details development did directory disable display do does done due during duty dynamics each easter either email employment enclosed end engineering enterprise entra error evening every everybody everyone excel exchange exit external fall february finance first following for form form forward four free friday from front full fwd fw further galaxy garden general get getting give go going good google got great greetings group guest had hall has have having he hello help helpdesk her here hey hi his holidays hotel hour hours how hr hris human i if immediate in info information internal international intune invoice iphone is issue it its january job join joins july june just keep kindly know last late later learning leave leaving let level library life like line list local login logon made mail mailbox main make manager many march market marketing may me meeting member microsoft midday mobile monday month more morning moving moved my name need needs network new next no nobody none noon not note november now october of off offboarding office ok okay okta old on once onboarding one onedrive online only open operations or order other our out outlook over page parental payroll pc per person personal phone plan planning please pls plz power premium pro probation problem process procurement production project promotion purchasing put quarter question quick ready re reason reception record regards region remove request requested research reset resignation room sadly sales samsung saturday school second security see sent september service set sharepoint she shift shop short since site smart so some somebody someone soon sorry spring stand standard start starting starts status step still stock store subject such summer sunday support suspend suspending system take team teams temporary ten termination than thank thanks thats that the their them then there these they this those three thursday ticket to today together tomorrow tonight too town true tuesday two type unit unlock until up update upgrade urgent vacation verify very visio visit viva vp want wanted warehouse was we wednesday week welcome went were what when where which while who why will windows winter with within without word work worked working works would x yes yesterday you your yours zoom access active account adobe ceo cfo cto cio coo president executive head lead leader regarding however meanwhile unfortunately apparently currently effective otherwise therefore also instead hope looking remember sister's ps nb asap fyi eod tbc ref id url usb vpn wifi pdf ip sms app qr gmbh ag ltd inc llc plc sarl bv kg ev mfa otp sso gf hq it's",
            "ab abend aber alle alles als alta altes amt anbei andere anfang anfrage angebot anmeldung antrag arbeit arbeitstag auch auf aus ausbildung ausgang austritt bald beginn begleitung beim bei bekannte beste bitte bittschon brauche buro da damit danke dann das dass daten deren den der des deshalb die dienst dienstag dienstantritt diese dieser dieses donnerstag dort dringend durch ein eine einen einer eines einfach eingang eintritt entfernen er es etwas fehler fall familie firma freigabe freitag fristlose frage fur gerat gestern grosse gruss grusse gute guten habe haben habt hallo handy hat haus herzlich herzliche heute hier hilfe hinweis ich ihr ihre ihnen im information informationen innen ist jahr jahre jetzt kann kein keine kleine konnen konnte konntet kunde kundin kundigung kundendaten kurz lager lieber liebe leider letzter letzte ende leitung lizenz mag mai mal mein meine meinem meinen meiner mit mittag mittagspause mitte mittwoch moin monat monats montag monatsende morgen musste mussen nach nachdem nachfolger nachricht nachtschicht neu neue neuen neuer neues nein nicht noch nun nummer oben ober oder ohne ort passt per pflegedienstleitung platz probe probezeit raum rechner rechtzeitig rucktritt ruckfrage ruckfragen sache samstag schicht schluss sehr seine seit seite selbst servus sie sind so sollte sommer sonntag standort stelle storung start stunden super tag tage teil telefon termin thema um umzug und uhr uns unser unsere unten unterlagen urlaub vertrag verkauf vertretung verstarkung viele vielen vom von vor vorab wann ware warum was weg wegen weil wenn wer werden werk wie wir wird wo woche wochen wochenende wunsch wurde wunschen zeit zimmer zu zugang zugange zum zur zusammen zwei januar janner februar marz juni juli oktober dezember gruezi abteilung abteilungswechsel einkauf vertrieb geschaftsfuhrung personal verwaltung hof betreff vertraulich eilt zugriff",
            "accueil achats afin ainsi alors apres arrivee aujourd aussi avant avec avez avis avril besoin bien bonjour bonsoir bonne bureau ca car ce cela celle celui ces cet cette chantier chef chez ci comme comment comptabilite compte contrat cordialement dans date debut demain demande depart depuis derniere dernier des deux direction dois donc dossier du elle en encore engagement entree equipe est et fevrier fin formation fermeture hier ici il incident information je jeudi jour janvier juillet juin la le les leur ligne lundi lui ma magasin mai mais mardi mars matin merci mercredi mes mise mois mon mot ne nos notre nous nouveau nouvel nouvelle nouvelles objet octobre on ou oui outil par pas pendant pourquoi pour pourriez pouvez peut peux petit petite poste pourrais premier prenom probleme projet puis quand que quelle quel qui rayon remplacement renfort reunion saison salle salut samedi sans se semaine service serait si siege site soir sous stage suite sur svp tous tout toute toutes tres un une urgent vendredi vers veuillez voici voir vos votre vous noel utilisateurs objet ajouter retirer mutation",
            "asi despues ademas tampoco solamente ojala ocupo les abril adjunto agosto ahora al algo almacen alta antes anoche aqui area aunque aviso ayer baja buen buena buenas buenos cada cambio cambiar campana caja cargo casa centro como con confirmo contratacion correo cordial cual cuando cuenta dada de del desde despues dia dias diciembre donde e el ellos empresa en enero entonces equipo es esa ese esta este esto estimado estimada estimados estoy excedencia favor febrero fecha fin finalizacion gerente gerencia gracias gran hace hago hasta hay hola hoy incorporacion ingreso inicio jefe jornada jubilacion jueves julio junio juntos la las le lo los lunes manana mano martes marzo mas mayo me mes mi miercoles mis muchas mucho muy nada necesito ningun no noche nombre nos nosotros nueva nuevo nuevas nuevos octubre oficina otra otro para pasantia pero persona planta poner por porfa porque primero proximo puede pueden puesto que quien reseteo rrhh sabado saludo saludos se segun semana senores septiembre ser si sido siempre sin sobre solicitud solicito solo soporte su sus tambien tarde tengo tiene todo todos trabajo turno un una urgente usted ustedes va venta ventas viernes y ya yo doy desbloqueo desbloquear restablecer salir salida acceso",
            "uw uwe volgens gemeente lidmaatschap aangezien aan afdeling alles als alvast bedankt beste betreft bij binnen daarom dag dank dat deze dit donderdag door een eerste einde en er gaat geen goed goede goedemorgen goedemiddag graag groet groeten had heb heeft hem het hier hij hoe hoi hun ik is jullie kan keer komt kun kunt kunnen maandag maar me meer met mij mijn moet naar na naam niet nieuw nieuwe nog nu of om ons onze ook op over personeel reactie sinds te team tijd toe toegang tot twee uit uur van vandaag vanaf vanwege vanochtend veel verzoek vestiging volgende voor vrijdag vriendelijke waarom wanneer want wat week wel werk wij wil willen woensdag zaak zaterdag zij zo zondag zou maart augustus dinsdag",
            "cara caro caros prezado prezada querida querido exmo exma exmos viva malta carta agora ainda amanha apos aqui assim assunto ate atenciosamente boa boas bom com contrato cumprimentos dado dados desde dia domingo ela ele em entrada equipa era esta estou estimado feito ferias fevereiro fim foi fora hoje inicio isso ja janeiro julho junho lhe loja maio mais marco mas meu minha muito muita na nao nas no nos nossa nosso nova novo obrigada obrigado ola ontem onde os ou outro outra para passagem pedido pelo pela pessoa pode podem poderia poderiam por porque precisa preciso prezados qual quando quarta que quem quinta reuniao saida seja semana segunda sem senhores ser seu setembro sexta so sou sua tambem tarde tem temos tenho terca todos tudo turno um uma urgente vai voce voces outubro novembro dezembro agradeco solicito desligamento admissao",
        ],
    ),
    (
        PARTICLE,
        [
            "al bin bint ibn el",
            "von der den zu",
            "de du la le les des d l",
            "del los las san",
            "van ter ten te",
            "da do dos das di della",
        ],
    ),
    (
        ARTICLE,
        [
            "the this that our their your",
            "der die das den dem ein eine einen einem einer unser unsere unseren unserem unserer im am zur zum ins",
            "le la les un une notre votre du au aux l",
            "el los las una nuestro nuestra al del",
            "het een onze ons",
            "o os as um uma nosso nossa ao aos na no nas nos pelo pela",
        ],
    ),
    (
        BYSTANDER,
        [
            "cc bcc manager boss approver approvers approved approval approves authorised authorized contact reply replies inform notify notified questions successor replacement replaces copy copied confirm confirmation delegate requester requestor reviewer watcher watchers deputy backup budget holder owner mentor buddy covering predecessor signatory sponsor reports replacing",
            "vorgesetzte vorgesetzter vorgesetzten vorgesetzte* chef chefin genehmigt genehmigung freigegeben ruckfrage ruckfragen nachfolge nachfolger nachfolgerin nachfolgers ansprechpartner ansprechpartnerin antragsteller antragstellerin stellvertretung vertretung stellvertreter stellvertreterin kopie teamleiter teamleiterin bestatigung bestatigen vorgangerin vorganger details",
            "responsable valide valideur demandeur approuve copie successeur remplacant remplacante superieur superieure suppleant manageur referent tuteur tutrice",
            "jefe jefa responsables autorizado autoriza autorizo aprobado aprueba aprobador copio copia sucesor sucesora reemplazo solicitante relevo",
            "leidinggevende goedgekeurd opvolger opvolgster aanvrager aanspreekpunt kopie vervanger vervangt teamleider",
            "aprovado aprovador autorizacao gestor gestora chefe chefia sucessor sucessora substituto substituta solicitado solicitou requerente conhecimento",
        ],
    ),
    (
        RIGHT_BEFORE,
        [
            "by ask asked call via from per following according dear hi hello hey",
            "durch gemass laut liebe lieber hallo moin",
            "par selon cher chere bonjour",
            "por segun querido querida hola",
            "door volgens beste hoi dag",
            "segundo conforme caro cara ola oi",
        ],
    ),
    (
        CONCERNED,
        [
            "for suspend remove add reset unlock disable deactivate block welcome include offboard onboard give put provision is named called account access user colleague put move drop get let pop pulling take unblock reactivate kill shut needs",
            "fur konto zugang namens heisst lasst sperrt entsperren tragt nehmt gebt gib kollege ist",
            "pour compte collegue ajouter retirer inclure debloquer suspendre deverrouiller est",
            "para cuenta es incluir agregar anadir quitar desbloquear suspender ponedle dad dar que",
            "voor collega is",
            "conta chama-se adicionar remover",
        ],
    ),
    (
        DOES,
        [
            "is has can cannot can't cant left leaves leaving starts begins joins joined needs need forgot lost will was would should must does doesn't did didn't entered went resigned retires retired dropped got gets changed typed tried knows finished finishes says starting wants wishes had have isn't wasn't hasn't moved moves keeps to from no in at swears helps leads says still works lacks requires commences arrives takes asked passed broke smashed switched upgraded ended ends quits exited who whose",
            "hat ist fangt beginnt verlasst startet braucht brauchte kommt weiss kennt wurde war wechselt geht soll muss mochte kann konnte bekommt sitzt tritt macht scheidet steht wird verliert vergisst",
            "est arrive rejoint commence perdu oublie a n'a quitte debute part doit voit peut veut bloque bloquee entre prend integre avait sera",
            "empieza deja ha se es tiene necesita entra ingresa perdio olvido inicia termina termino viene pasa debe esta puede causa metio quiere fue era lleva sigue",
            "heeft begint komt kan moet wil gaat werkt vergat verloor vertrekt stopt weet krijgt was",
            "deixou comeca inicia foi esqueceu ficou esta tem precisa perdeu vai entra comecou sai mudou nao trocou bloqueou era trabalha",
        ],
    ),
    (
        THIRD,
        [
            "he she him her his hers herself himself he's she's he'd she'd he'll she'll",
            "er ihm ihn seiner",
            "elle lui celui-ci celle-ci",
            "ella ellas",
            "hij zij hem haar",
            "ele ela dele dela",
        ],
    ),
    (I, ["i i'm i've i'd im ive", "ich", "je j", "yo", "ik", "eu"]),
    (ME, ["me myself", "mich mir", "moi m", "", "mij", "mim"]),
    (
        MY,
        [
            "my mine",
            "mein meine meinen meinem meiner meines",
            "mon ma mes",
            "mi mis mio mia",
            "mijn",
            "meu minha meus minhas",
        ],
    ),
    (
        ITEM,
        [
            "password* passwo* pasword* passwrod pw pwd mfa 2fa totp okta authenticat* account* accont* acount* phone* mobile handset smartphone iphone token yubikey multi-factor second-factor factor factors login logon sign-in signin licence* license* access user username profile microsoft entra outlook mailbox device key",
            "passwort* kennwort* kennwoert* konto kontos handy handys telefon smartphone zugang zugange zugriff anmeldung lizenz* faktor faktoren schlussel benutzerkonto sperre geraet gerat code codes",
            "mot mots mdp compte comptes telephone portable mobile licence acces session facteur facteurs cle authent*",
            "contrase* clave cuenta cuentas celular movil telefono acceso licencia* usuario factor autentic* llave",
            "wachtwoord* toegang telefoon mobiel licentie* gebruikersnaam sleutel",
            "senha* palavra palavra-passe conta telemovel telefone acesso licenca* autenticacao chave utilizador",
        ],
    ),
    (
        DEED,
        [
            "reset resets resett resetting unlock unlocked unblock suspend* deactivate disable block remove* removal add added adding assign* activate grant provision create* enable offboard onboard clear revoke* delete put take give include restore re-enable renew set cut",
            "zurucksetz* zurueckset* reset resetten entsperr* freischalt* sperren sperrt sperr deaktivier* entfern* hinzufug* hinzuzufugen aufnehm* anlegen angelegt einricht* zuweis* zuordn* ordnet gebt geben setzt loschen stilllegen zumachen losen",
            "reinitialis* renitialis* debloqu* deverrouill* suspend* desactiv* retir* ajout* attribu* cree creer inclure supprim* remettre couper ouvrir",
            "restablec* resete* reinici* desbloque* suspend* desactiv* quitar quita agreg* anad* asign* crear creen cread inclu* dad ponedle poner eliminar meted",
            "herstel* resetten deblokker* ontgrendel* blokkeer* opschort* verwijder* toevoeg* toekenn* aanmak* deactiveer* uitschakel*",
            "cortem cortar tirar tirem redefin* repor reponha* repo* desbloque* suspend* desativ* remov* adicion* atribu* criar crie inclu* retirar",
        ],
    ),
    (
        TROUBLE,
        [
            "forgot forgotten forgto forget lost locked lock lose cannot can't cant don't couldn't changed need dropped broke remember get",
            "vergessen verloren ausgesperrt gesperrt kaputt komme vertippt weiss erinnere brauche brauch bekomme kriege",
            "oublie oubliee perdu bloque bloquee verrouille arrive souviens trouve sais besoin",
            "olvide olvidado perdi perdido bloqueado bloqueada bloquee recuerdo necesito puedo",
            "vergeten kwijt geblokkeerd verloren kan weet",
            "esqueci perdi bloqueei bloqueado bloqueada consigo preciso fiquei",
        ],
    ),
    (GROUP, ["group groups", "gruppe gruppen verteilergruppe", "groupe groupes", "grupo grupos", "groep groepen", ""]),
    (
        CALLED,
        [
            "called named name is namely",
            "namens heisst namen",
            "nomme appele appelle denomme",
            "llamado llama denominado",
            "genaamd heet",
            "chamado denominado chama-se",
        ],
    ),
    (NAMED, ["name named called", "heisst namens name", "appelle nomme", "llama", "heet genaamd naam", "chama-se"]),
    (
        TOWARDS,
        [
            "to into in from of out off on inside within through 2 via through",
            "zu zur aus in im an von fur",
            "au aux du de dans a la",
            "al del en de a",
            "aan uit van in bij",
            "ao aos do dos no na nos ao",
        ],
    ),
    (
        JOIN,
        [
            "add added adding join joins include included put member membership into pop access back reinstate",
            "aufnehm* aufgenommen hinzufug* hinzuzufug* hinzu eintrag* rein reintun reinnehmen mitglied dazu freischalt* zufugen auf tun",
            "ajout* inclure incluez integr* rajout* rejoindre partie membre entrer acceder mettre",
            "metedl* metel* agreg* anad* inclu* meter meted metan meta sumar incorporar acceso estar alta miembro",
            "toevoeg* toegevoegd voeg lid opnemen toegang",
            "adicion* inclu* junt* colocar botar bota ponham ponha acrescent* membro acesso",
        ],
    ),
    (
        LEAVE,
        [
            "remove* removal revoke* delete drop dropped off out leave unsubscribe withdraw kick pull undone",
            "entfern* raus rausnehm* austrag* herausnehm* loschen streich* heraus rauswerfen",
            "retir* enlev* sortir sortez supprim* otez radier desinscr* retrait",
            "sacad* sacar* quitad* quitar* retirad* quitar quiten quita quitad quitadme sacar saca sacad saquen saquenme sacame saquen* sacarla sacarlo sacarme retir* elimin* salir baja remover",
            "beeindig* haalt verwijder* uitschrijv* eruit haal halen",
            "remov* retir* tirar tirem tire tirado tira sair excluir exclua eliminar",
        ],
    ),
    (
        BE,
        [
            "be belong am in",
            "bin sein gehore gehort",
            "etre suis fais fait",
            "estoy estar esta",
            "ben zijn zit",
            "estou estar pertenco",
        ],
    ),
    (
        PRIVATE,
        [
            "private personal home candidate",
            "privat private privaten privater privates privatadresse persoenliche",
            "prive privee perso personnel personnelle",
            "personal privado particular",
            "prive persoonlijk privemail",
            "pessoal privado particular",
        ],
    ),
    (
        NEGATES,
        [
            "not no never without neither nor don't doesn't isn't shouldn't refused",
            "nicht kein keine keinen keinem nix nichts ohne",
            "pas aucun aucune sans jamais ni",
            "no ningun ninguna sin nunca ni",
            "niet geen zonder nooit",
            "nao nenhum nenhuma sem nunca nem",
        ],
    ),
    (
        STAYS,
        [
            "stays stay remains remain keeps untouched unaffected",
            "bleibt bleiben behalt",
            "reste restent garde conserve",
            "sigue queda mantiene conserva",
            "blijft behoudt",
            "continua mantem fica permanece",
        ],
    ),
    (
        SUCCEEDS,
        [
            "stands covers covering replaces over",
            "ubernimmt ersetzt vertritt",
            "remplace reprend",
            "asume reemplaza sustituye releva",
            "vervangt neemt",
            "assume substitui",
        ],
    ),
    (
        ADVISED,
        [
            "told said advised suggested recommended approved signed agreed confirmed",
            "geraten gesagt sagt meinte riet abgenickt genehmigt zugesagt",
            "dit conseille approuve valide",
            "dijo dice aconsejo aprobo autorizo",
            "zei zegt",
            "disse diz aprovou",
        ],
    ),
    (OF, ["of", "von vom bei", "de d du chez", "a al", "van aan", "do ao da o"]),
    (
        FORMER,
        [
            "from instead current currently old replace replaces replacing than against",
            "statt anstelle anstatt bisher bisherige aktuell aktuelle derzeit",
            "lieu actuelle actuellement ancienne",
            "desde lugar actual actualmente",
            "plaats huidige huidig",
            "vez atual atualmente",
        ],
    ),
    (
        HAS,
        [
            "have has had got am on with only was",
            "nur von hat habe hatte mit",
            "de avec sa seulement ai au",
            "con la tiene tengo de solo",
            "van alleen met heeft heb",
            "com so tem tenho",
        ],
    ),
    (
        WANTS,
        [
            "need needs needing needed please pls plz assign assigned want wants wanted get give gets grant require requires request requires must like provision upgrade order asked ask into add allocate activate for would wishes could",
            "brauche braucht benotige benotigt bitte zuweisen zuweisung zuordnen ordnet weist gebt geben gib kriegen krieg bekommen freischalten soll",
            "besoin merci svp attribuer attribuez attribution assigner faut faudrait ajouter mettre donner passer lui fournir",
            "necesito necesita necesitamos favor porfa asignar asignen asignad asigne asignacion ponedle poner ponen pones dar dad disponga activar tenga arregla falta",
            "graag nodig toekennen toewijzen geef geven activeren heb aub",
            "preciso precisa precisamos favor atribuir atribuam atribua ativar dar passar necessito",
        ],
    ),
    (
        LICENCE,
        [
            "licence licences license licenses licensed sku tier plan",
            "lizenz lizenzen",
            "licences",
            "licencia licencias",
            "licentie licenties",
            "licenca licencas",
        ],
    ),
    (GOAL, ["to", "auf zu", "vers a", "a por", "naar", "para ao"]),
    (
        PEOPLE,
        [
            "people persons pupils members users colleagues apprentices accounts trainees interns cadets crew staff employees markers scientists hands seats of us team students teachers starters leavers joiners guests drivers nurses",
            "leute personen mitglieder mitarbeiter mitarbeiterinnen kollegen kolleginnen mitarbeitern azubis auszubildenden lehrlinge schuler benutzern konten zugange werkstudenten",
            "personnes membres collegues utilisateurs comptes apprentis stagiaires coordonnateurs salaries agents equipe",
            "personas miembros usuarios companeros cuentas becarios empleados turno",
            "mensen personen leden medewerkers stagiairs gebruikers accounts",
            "pessoas membros utilizadores contas estagiarios funcionarios usuarios",
        ],
    ),
    (
        MANY,
        [
            "all both several three four five six seven eight nine ten eleven twelve dozen everyone everybody whole",
            "alle allen beide beiden samtliche drei vier funf sechs sieben acht neun zehn elf zwolf keiner ganze",
            "tous toutes plusieurs trois quatre cinq sept huit neuf dix onze douze toute",
            "todos todas ambos ambas varios tres cuatro cinco seis siete ocho nueve diez",
            "allemaal drie vier vijf zes zeven acht negen tien iedereen beide",
            "ambos varios tres quatro cinco oito nove dez",
        ],
    ),
    (AND, ["and plus also as well", "und sowie auch", "et ainsi", "y e", "en ook", "e"]),
];
