//! The words and phrases behind each cue, folded as words are; `*` ends a beginning of a word.
//! English, German, French, Spanish, Dutch, Portuguese.

use super::*;

pub(super) const ENTRIES: &[(Cue, &str)] = &[
    (
        PASSWORD,
        "password*|passwort*|passwd|kennwort*|pwd|pw|passphrase|mot de passe|mots de passe|mdp|contrasena*|wachtwoord*|senha*|palavra passe|palavras passe|paswoord|pasword|passwrd|credential*",
    ),
    (
        MFA,
        "mfa|2fa|authenticator*|authentificator*|autenticador*|okta verify|two factor*|second factor*|zweiter faktor|zweiten faktor|zweite faktor|zwei faktor*|2 faktor*|0 faktor*|yubikey*|security key|sicherheitsschlussel|otp|totp|double authentification|second facteur|doble factor|segundo factor|dos factores|segundo fator|dois fatores|tweede factor|twee factor*|tweestaps*|tweefactor*|0 factor|verification code*|verification codes|factor|factors|factores|fatores|fator|faktor|passkey*|multi factor|multifaktor*|multifactor*|fido*|push notification|sign in prompt|authentifizierungs*|authenticatie*|double facteur|autenticacion|autenticacao|code d authentification",
    ),
    (LICENSE, "licen*|lizenz*|subscription*|sku|abo|abonnement|suscripcion|subscricao|seat|lisence"),
    (
        PRODUCT,
        "e1|e3|e5|f1|f3|p1|p2|visio|copilot|power bi|powerbi|project plan|planner|business premium|business standard|business basic|m365|office|teams phone|teams premium|exchange online|power apps|power automate|intune|dynamics|defender|excel|word|outlook|photoshop|acrobat|autocad",
    ),
    (
        GROUP,
        "group|groups|gruppe|gruppen|groupe|groupes|grupo|grupos|groep|groepen|sicherheitsgruppe|member|members|membership|mitglied*|membre|membres|miembro|miembros|lid|membro|membros|verteilergruppe|ad group|security group|adgruppe|beveiligingsgroep",
    ),
    (
        LOCK,
        "lock|locks|locked|lockout|locking|unlock|unlocked|unlocking|gesperrt*|sperr*|entsperr*|freischalt*|verrouill*|deverrouill*|bloque*|desbloque*|debloqu*|bloqu*|geblokkeerd*|deblokk*|vergrendeld*|ontgrendel*|locked out|blocked|unblock|freigeben|aussperr*|ausgesperrt|buitengesloten",
    ),
    (
        TRIES,
        "attempt|attempts|tries|tried|versuch*|tentativ*|intent*|poging*|too many|zu oft|trop de|demasiad*|te vaak|muitas vezes|mistyped|typo|wrong|falsch*|repeated*|repetid*|keeps locking",
    ),
    (
        LEAVE,
        "leaver*|leaving|left|suspend*|terminat*|offboard*|deactivat*|disable|disabled|disabling|resign*|dismiss*|fired|let go|last day|last working day|contract ended|contract ends|contract is over|quit|departed|departure|ausgeschieden|ausscheid*|austritt*|verlasst|verlassen|deaktivier*|gekundigt|kundig*|letzter tag|letzter arbeitstag|depart|quitte|desactiv*|suspendre|suspende*|baja|desped*|despid*|dejado la empresa|deja la empresa|uit dienst|uitdienst*|vertrokken|vertrekt|blokkeren|blokkeer|deslig*|demit*|saiu|saida|deixou a empresa|revoke|cut access|cut off|no longer works|no longer with|retires|retired|retirement|sperren|dismissed|uitgeschakeld|desactivar|suspender|suspension|garden leave|kill access|shut off",
    ),
    (
        JOIN,
        "new hire*|new starter*|starter|starters|joiner*|joins us|joining|onboard*|starts on|starting on|starts|new colleague|new employee|new team member|new intern|first day|neue mitarbeiter*|neuer mitarbeiter*|neuen mitarbeiter*|neue kollegin|neuer kollege|neuen kollegen|eintritt*|fangt|beginnt|nouvel employe*|nouvelle collegue|nouveau collegue|nouvel arrivant|nouvelle arrivante|arrive le|rejoint|nueva incorporacion|nuevo empleado|nueva empleada|nuevo companero|nueva companera|se incorpora|empieza|nieuwe medewerk*|nieuwe collega|begint|start op|novo colaborador|nova colaboradora|novo funcionario|nova funcionaria|comeca|nova colega|novo colega|new recruit|new joiner|new apprentice|neuzugang|praktikant*|azubi|werkstudent*|stagiaire|becario|estagiario|estagiaria|nieuwe stagiair|new contractor|new analyst|new nurse",
    ),
    (
        RESET,
        "reset|resets|resetting|resetten|zurucksetz*|zuruckgesetzt|zuruckzusetzen|rucksetz*|reinitialis*|restablec*|resete*|redefin*|repor|reponham|wiederherst*|reenrol*|re enrol|re register|neu einricht*|clear my|new one|herinstellen|opnieuw instellen|reiniciar",
    ),
    (
        REQUEST,
        "please|pls|plz|kindly|could you|can you|would you|can i|could i|may i|i need|need|needs|we need|want|i d like|would like|required|requested|requesting|request|wanted|bitte|bitten|konnen sie|konntet ihr|konnten sie|konnt ihr|kannst du|brauche*|braucht|benotig*|svp|s il vous plait|merci de|pouvez*|pourriez*|j ai besoin|besoin|veuillez|il faudrait|por favor|pueden|podeis|podrian|podriais|puede|podria|necesit*|solicito|graag|kunt u|kun je|kunnen jullie|zouden jullie|aub|alstublieft|alsjeblieft|nodig|willen jullie|wil je|podem|poderiam|poderia|preciso|precisa|peco|solicitamos|faz favor|let me in|sort out|asap|urgent|dringend|urgente|help|hilfe|ayuda|ajuda|aide|must|should be|muss|solicitud|moet",
    ),
    (
        FORGOT,
        "forgot*|forgotten|expired|expire|can t remember|cannot remember|don t remember|doesn t remember|no longer know*|don t know|doesn t know|vergessen|abgelaufen|lauft ab|weiss nicht mehr|oubli*|expir*|olvid*|caduc*|vergeten|verlopen|kwijt|esquec*|no recuerd*|ne me souviens|weet niet meer|nao me lembro|no clue|blanked|slipped my mind|not accepted|doesn t work|won t take|rejected|entfallen|not accept",
    ),
    (
        PHONE,
        "phone*|handy*|smartphone*|mobile*|iphone|android|handset|telephone|portable|telefono|movil|celular|telefoon|gsm|telemovel|telefone|telefon|device|gerat|tablet|ipad|toestel|mobil",
    ),
    (
        LOST,
        "lost|lose|stolen|broken|broke|smashed|replaced|replacement|new phone|wiped|factory reset|gone|reinstalled|re installed|deleted|drowned|verloren|gestohlen|kaputt|defekt|neues handy|neues smartphone|neues telefon|ersatz*|perdu|vole|casse|nouveau telephone|perdi*|robaron|robado|roto|nuevo telefono|nuevo movil|gestolen|kapot|nieuwe telefoon|nieuw toestel|perdi|roubado|roubaram|partiu|novo telemovel|novo telefone|swapped|switched phones|changed phones|upgrade*|traded|cracked",
    ),
    (
        ADD,
        "add|adding|added|include|put|join|aufnehm*|hinzufug*|hinzu|eintragen|ajout*|anad*|agreg*|anadid|toevoeg*|voeg|adicion*|inclu*|should be a member|should be in|acrescent*|meter|meted|mettre|aufgenommen|into|nehmt|opnemen|access to",
    ),
    (
        REMOVE,
        "remove*|removal|removing|take out|take him out|take her out|take me out|out of|take off|kick|drop|entfern*|austragen|herausnehm*|rausnehm*|raus|retir*|enlev*|supprim*|quit|quitar|quiten|eliminar|sacar|saquen|sacad|verwijder*|haal|uit de groep|remov*|no longer need*|tirar|exclu*|strip|pull",
    ),
    (
        ASSIGN,
        "assign*|give|grant|issue|allocate|provide|zuweis*|zuteil*|geben|attribu*|donner|octroy*|asign*|dar|toewijz*|toeken*|wijs|geef|atribu*|conceder|get me|order|activate*|aktivier*|freischalt*|activer|activar|ativar|activeren",
    ),
    (
        CREATE,
        "create*|creating|set up|setup|set him up|set her up|provision*|einricht*|anleg*|anzulegen|angelegt|leg|erstell*|creer|creez|creation|ouvrir|crear|cread|creen|creacion|alta|aanmak*|maak|maken|criar|criem|criacao|prepare|open an account|ready|neues konto|new account",
    ),
    (
        HOWTO,
        "how do|how can|how does|how to|how would|how should|how many|how often|how long|where do|where can|where is|where should|what is|what s|what are|what does|what happens|what do|what counts|why do|why does|why is|which|who is|who can|who has|who owns|when will|when does|is there a|are there|is it possible|can you explain|please explain|curious|wondering|guide|instructions|tutorial|manual|documentation|training|wie kann ich|wie oft|wie lange|wie funktioniert|wie geht|wie stelle|wo finde|wo kann|was passiert|was kostet|was ist|warum|wer ist|wer hat|welche|welcher|welches|anleitung|gibt es|comment|ou puis je|combien|pourquoi|quelle|quel|quels|y a t il|que se passe|como puedo|como se|cada cuanto|donde|cuanto|cuantas|cuantos|por que|quien|que pasa|hoe kan|hoe vaak|hoe lang|hoe werkt|waar kan|waar vind|wat kost|wat gebeurt|waarom|wie heeft|welke|como posso|onde|quanto|quantas|porque|quem|qual|quais|steps to|explain",
    ),
    (
        DONE,
        "was reset|has been reset|were reset|got reset|been done|has been|have been|was unlocked|is unlocked|works again|works now|working again|working now|is working|solved|resolved|done|fixed|sorted|thank you for|thanks for|all good|please close|can be closed|close the ticket|close this|worked|already|in again|back in|was added|was assigned|were added|was created|was suspended|got it|received|erledigt|funktioniert wieder|geht wieder|klappt|wurde|wurden|geschlossen|schliessen|danke fur|bereits|schon|resolu|fonctionne|marche|c est bon|a ete|deja|merci pour|cloturer|fermer|solucionad*|funciona|ya esta|gracias por|cerrar|ha sido|fue|opgelost|werkt weer|bedankt voor|is al|gesloten|sluiten|werd|reeds|resolvid*|ja esta|ja foi|obrigado por|obrigada por|fechar|foi|last week|last month|yesterday",
    ),
    (
        NEGATED,
        "do not|don t|dont|no need|not necessary|not needed|never mind|nevermind|without|nicht|kein|keine|keinen|ne pas|pas besoin|inutile|n est plus|no hace falta|no es necesario|niet|geen|hoeft niet|nao|nao precisa|nao e necessario|not|no longer|isn t|wasn t|didn t|shouldn t|won t|instead of",
    ),
    (
        WITHDRAWN,
        "withdraw*|cancel*|ignore my|ignore this|ignore the|disregard|no action|nothing to do|not necessary any more|not needed any more|found it|remembered|hinfallig|stornier*|zuruckziehen|zuruckgezogen|hat sich erledigt|annul*|intrekken|vervalt|sem efeito|ya no|plus necessaire|recovered|turned up|changed my mind|nicht mehr notig|niet meer nodig|extended|hold off|pas d action|desestim*",
    ),
    (
        COST,
        "cost*|price*|pricing|budget|invoice*|how much|kosten|kostet|preis*|prix|coute|cout|precio*|cuesta|prijs*|kost|preco*|custa|rechnung|facture|factura|factuur|fatura|quote|renewal|spend",
    ),
    (
        POLICY,
        "policy|policies|rule|rules|audit*|statistic*|report|reports|reporting|list of|overview|richtlinie*|guideline*|compliance|survey|regel|regeln|politique|politica|beleid|requirement*|standard|process|procedure|question|frage|question*|pregunta|vraag|pergunta|export|review meeting|figures|numbers|inventory|count",
    ),
    (
        STATUS,
        "any update|any news|update on|what happened to|following up|follow up|still open|eta|status|stand der|gibt es neuigkeiten|wie weit|avancement|des nouvelles|novedades|en que estado|hoe staat het|alguma novidade|ponto de situacao|estado|progress|how is it going|waiting since|when can i expect|my request from|my ticket from|ticket number",
    ),
    (
        OTHER_SYSTEM,
        "sap|bank|banking|wifi|wlan|wi fi|router|vpn|pdf|zip|excel file|spreadsheet|sim|door|doors|badge|bitlocker|facebook|linkedin|instagram|twitter|netflix|alarm|safe|voicemail|pin|puk|website|portal|supplier|vendor|customer|client s|kunde|kunden*|salesforce|database|datenbank|server|ftp|sftp|wordpress|gate|cabinet|locker|bike|car|cupboard|tur|turen|schrank|porte|puerta|deur|porta|banco|banque|lieferant|zip file|keypad|combination|paypal|amazon|booking|hotel|insurance|tax|elster|netbanking|private|apple id|icloud|google account|gmail|domain|certificate|ssh|api key|shared drive|sharepoint site|workbook|document|file|datei|fichier|archivo|bestand|ficheiro|oracle|workday|jira|confluence|github|erp|crm|lims|scanner|turnstile|lift|simcard|kreditkarte|credit card|loyalty|copier|printer|drucker|voice mail|safe deposit|firmware|bios|macbook s firmware|time clock|zeiterfassung|elevator|parking|garage|phone s pin|tresor|fileshare",
    ),
    (
        HARDWARE,
        "printer*|monitor*|laptop*|keyboard*|mouse|docking*|dock|screen|drucker*|bildschirm*|imprimante*|impresora*|scanner*|headset*|projector*|beamer|cable*|kabel|toner|paper|plotter|webcam|battery|charger|ecran|clavier|pantalla|teclado|toetsenbord|scherm|impressora|monitore|ecra|rato|network|netzwerk|reseau|red|netwerk|rede|internet|ethernet|noise|slow|langsam|lent|lento|traag|crash*|freez*|froze*|bluescreen|blue screen|speaker*|microphone|camera|mikro*|usb|chair|desk|lamp",
    ),
    (
        PHISHING,
        "phish*|spam|scam|suspicious|fraud|clicked|virus|malware|fake|verdachtig*|betrug|hameconnage|sospechos*|verdacht|oplichting|suspeit*|fraude|fraudul*|attachment|genuine|legit",
    ),
    (
        NEWS,
        "newsletter*|unsubscribe|webinar*|fyi|for your information|for information|for info|zur info|zur kenntnis|zur information|pour info|pour information|ter info|ter informatie|para informacion|para su informacion|para informacao|para vossa informacao|announcement|reminder|erinnerung|maintenance|wartung*|alert|alerts|monitoring|triggered|notification|benachrichtigung|threshold|out of office|abwesenheit|automatic reply|bulletin|tips|invitation|einladung|rappel|recordatorio|herinnering|lembrete|heads up|will be|no action required|job finished|backup|report generated|digest|all staff|liebe kolleg*|dear all|dear colleagues|hi all|hello everyone|kudos|congratulations|thank you all|incident",
    ),
    (
        SEVERAL,
        "both|all of|following users|these users|following people|several|everyone|everybody|entire team|whole team|two of us|three|four|five|six|seven|eight|nine|ten|dozen|twelve|list|attached|spreadsheet|alle|allen|beide|beiden|samtliche|folgende|drei|vier|funf|sechs|zwolf|tous|toutes|plusieurs|trois|quatre|cinq|todos|todas|ambos|varios|tres|cuatro|cinco|allemaal|iedereen|volgende|drie|varias|equipo|equipe|bulk|each|interns|users|accounts|colleagues|employees|people|students|hires|starters|leavers|benutzer|mitarbeiter|kollegen|stagiaires|becarios|medewerkers|colaboradores|new joiners|department|class|batch|us|ons|uns",
    ),
    (
        OTHER_OBJECT,
        "create a group|create a new group|new group|create group|new security group|distribution list|distribution group|shared mailbox|verteiler*|postfach|funktionspostfach|not delivered|mailbox|mailboxes|rename|group mail|liste de diffusion|boite partagee|lista de distribucion|buzon|distributielijst|postvak|lista de distribuicao|caixa de correio|owner of|delete the group|neue gruppe|nouveau groupe|nuevo grupo|nieuwe groep|novo grupo|umbenenn*|renomm*|calendar|kalender|display name|last name|surname|married|alias|signature|distribution|group policy|room|meeting|group photo|whatsapp|group call|group insurance|site|storage|quota|channel|team site|forward*|out of office",
    ),
    (
        FIRST_PERSON,
        "i|me|my|mine|myself|ich|mein|meine|meinen|meinem|meiner|mich|mir|je|j|mon|ma|mes|moi|me|mi|mis|yo|ik|mijn|mij|eu|minha|meu|minhas|meus|mim",
    ),
    (
        THIRD_PERSON,
        "he|she|him|her|his|hers|their|they|them|er|sie|ihm|ihr|ihre|ihren|ihrem|sein|seine|seinen|seinem|il|elle|lui|son|sa|el|ella|su|sus|le|hij|zij|hem|haar|zijn|ele|ela|seu|sua|colleague|kollege|kollegin|collegue|companero|companera|collega|colega|employee|mitarbeiter*|employe|employee|empleado|empleada|medewerker|funcionario|funcionaria|colaborador|colaboradora|contractor|intern|frau|herr|mr|mrs|ms|m|mme|senor|senora|mevrouw|meneer|sr|sra",
    ),
    (
        RECLAIM,
        "take away|take back|taken away|reclaim*|free up|give back|return|returned|returning|no longer use*|unused|entzieh*|wegnehm*|zuruckgeben|reprendre|rendre|devolver|teruggeven|inleveren|remove the licen*|remove licence|remove license|remove visio|downgrade",
    ),
    (
        CONDITION,
        "if|in case|next time|next year|planning|plan to|evaluat*|consider*|theoretically|falls|si jamais|en cas|en caso|indien|caso|would it|would be|might|maybe|later this year|someday|hypothetical*|should i",
    ),
    (
        KNOWN,
        "know my password|know the password|knows her password|knows his password|password is correct|password is fine|know it now|knows it|kenne ich|passwort stimmt|passwort ist richtig|remember my password|password itself|password isn t|no reset|kein reset|not forgotten|nicht vergessen|je connais|conozco|la se|weet mijn wachtwoord|weet ik|sei a senha|sei a palavra|connais mon",
    ),
    (
        ACCESS,
        "access|zugang*|zugriff*|acces|acceso*|toegang|acesso*|permission*|rights|rechte|droits|permisos|rechten|berechtigung*",
    ),
    (
        ACCOUNT,
        "account|accounts|konto|benutzerkonto|compte|cuenta|conta|user|login|profile|profil|username|benutzer|utilisateur|usuario|gebruiker|utilizador|zugange",
    ),
    (
        SIGN_IN,
        "sign in|sign on|log in|log on|login|logon|sign|signin|log into|get in|anmeld*|einlogg*|connecter|connexion|conectar*|entrar|iniciar sesion|inlogg*|aanmelden|aceder|get into|okta|entra|windows|outlook|teams|laptop|in|approve",
    ),
    (
        BEGINS,
        "monday|tuesday|wednesday|thursday|friday|tomorrow|next week|montag|dienstag|mittwoch|donnerstag|freitag|morgen|lundi|mardi|mercredi|jeudi|vendredi|demain|lunes|martes|miercoles|jueves|viernes|manana|maandag|dinsdag|woensdag|donderdag|vrijdag|segunda|terca|quarta|quinta|sexta|amanha|january|february|march|april|may|june|july|august|september|october|november|december|januar|marz|mai|juni|juli|oktober|dezember|today|heute|aujourd hui|hoy|vandaag|hoje",
    ),
    (
        ENDS,
        "contract|vertrag|contrat|contrato|contract ended|over|ended|ends|endet|effective immediately|with immediate effect|ab sofort|immediately|sofort|immediatement|inmediato|per direct|per vandaag|imediato|right away|gross misconduct|security asked|legal",
    ),
    (
        PERMISSION,
        "approved|approval|genehmigt|freigegeben|approuve|autorizado|aprobado|goedgekeurd|akkoord|aprovado|cost centre|cost center|kostenstelle|manager agreed|agreed|signed off|budget ok",
    ),
];
